"""Builds a dataset on a Ray cluster: `python build.py PICTURES SPEC OUT`. What it does is in ../ray.md."""

import sys

import prebake.ray

pictures, spec, out = sys.argv[1:4]
print(prebake.ray.build(pictures, out, spec))
