"""Reads JSON lines with a YAML text each and answers with what its documents say, by path; a list of nulls: unreadable."""
import json
import sys

import yaml


def flat(node, path, into):
    if isinstance(node, dict):
        for name, item in node.items():
            flat(item, name if path == "" else f"{path}.{name}", into)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            flat(item, f"{path}[{index}]", into)
    else:
        into[path] = node
    return into


for line in sys.stdin:
    try:
        documents = [flat(document, "", {}) for document in yaml.load_all(json.loads(line), Loader=yaml.BaseLoader)]
    except yaml.YAMLError as error:
        documents = [type(error).__name__]
    print(json.dumps(documents))
