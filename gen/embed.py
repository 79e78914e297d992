#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files of the page as a C table (src/daemon/asset.h). usage: embed.py OUTPUT FILE..."""
import os
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}


def path_of(name):
    return "/api/v1/openapi.json" if name == "openapi.json" else "/" + name


def main():
    out, files = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
    text = ['#include "asset.h"\n#include <string.h>\n']
    rows = []
    for i, path in enumerate(files):
        with open(path, "rb") as f:
            data = f.read()
        name = os.path.basename(path)
        text.append(f"static const unsigned char file{i}[] = {{")
        for at in range(0, len(data), 20):
            text.append("\t" + "".join(f"{b}," for b in data[at : at + 20]))
        text.append("};\n")
        rows.append(
            f'\t{{"{path_of(name)}", "{TYPES[os.path.splitext(name)[1]]}", file{i}, {len(data)}}},'
        )
    text.append("static const struct lwd_asset assets[] = {\n" + "\n".join(rows) + "\n};\n")
    text.append(
        "const struct lwd_asset *lwd_asset_find(const char *path)\n{\n"
        "\tfor (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)\n"
        "\t\tif (strcmp(assets[i].path, path) == 0)\n\t\t\treturn &assets[i];\n"
        "\treturn NULL;\n}\n"
    )
    with open(out, "w", encoding="ascii") as f:
        f.write("\n".join(text))


main()
