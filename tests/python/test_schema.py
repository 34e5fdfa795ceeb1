"""The JSON Schema takes every spec that prebake takes, and refuses what it can tell to be wrong."""

import json
import subprocess

import jsonschema
import pytest

from conftest import ROOT

FIXTURES = ROOT / "fixtures"

# What one field says of another, or of the pictures, is no matter of a schema; nor is what is no JSON.
BEYOND = {"low_above_high", "crop_too_large", "size_varies", "p_on_crop", "huge_rows", "trailing_comma"}


@pytest.fixture(scope="session")
def validator(prebake):
    schema = json.loads(subprocess.run([prebake, "schema"], check=True, capture_output=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def specs(folder):
    return sorted((FIXTURES / "specs" / folder).glob("*.json"))


@pytest.mark.parametrize("file", specs("."), ids=lambda file: file.stem)
def test_good_specs_are_taken(validator, file):
    validator.validate(json.loads(file.read_text()))


@pytest.mark.parametrize("file", specs("bad"), ids=lambda file: file.stem)
def test_bad_specs_are_refused(validator, file):
    if file.stem in BEYOND:
        return
    assert not validator.is_valid(json.loads(file.read_text()))


def test_every_example_and_resolved_spec_is_taken(prebake, validator, tmp_path):
    ops = json.loads(subprocess.run([prebake, "ops", "--json"], check=True, capture_output=True).stdout)
    for op in ops:
        validator.validate({"version": 1, "pipeline": [op["example"]]})
    spec = FIXTURES / "specs" / "every_op.json"
    subprocess.run([prebake, "build", FIXTURES / "by_folder", "--spec", spec, "--out", tmp_path / "out", "-q"], check=True)
    validator.validate(json.loads((tmp_path / "out" / "spec.json").read_text()))


def test_a_wrong_field_is_told_apart(validator):
    spec = {"version": 1, "pipeline": [{"op": "one_of", "of": [{"op": "rotate", "degree": 3}]}]}
    messages = " ".join(error.message for error in validator.iter_errors(spec))
    assert "'degree' was unexpected" in messages and "'degrees' is a required property" in messages
