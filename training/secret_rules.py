"""Converts the rules of gitleaks, which find secrets, to JSON.

    python3 training/secret_rules.py GITLEAKS_FOLDER VERSION > service/indexing/secrets/gitleaks.json

GITLEAKS_FOLDER is the folder of the Go module github.com/zricethezav/gitleaks/v8 at that version.
"""

import json
import pathlib
import sys
import tomllib

KEPT = ("id", "regex", "secretGroup", "entropy", "keywords", "path", "allowlists")


def main() -> None:
    folder, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    config = tomllib.loads((folder / "config/gitleaks.toml").read_text(encoding="utf-8"))
    rules = {
        "source": f"gitleaks {version}",
        "license": (folder / "LICENSE").read_text(encoding="utf-8"),
        "allowed": config["allowlist"]["regexes"],
        "stopwords": config["allowlist"]["stopwords"],
        "rules": [{key: rule[key] for key in KEPT if key in rule} for rule in config["rules"]],
    }
    json.dump(rules, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
