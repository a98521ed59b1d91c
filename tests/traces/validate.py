"""Validates documents against a JSON Schema: validate.py SCHEMA DOCUMENT..."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit("python3-jsonschema is missing; on Debian: apt-get install python3-jsonschema")

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
failed = False
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        document = json.load(file)
    for error in validator.iter_errors(document):
        failed = True
        place = "/".join(str(part) for part in error.absolute_path)
        print(f"{name}: at /{place}: {error.message[:200]}")
sys.exit(1 if failed else 0)
