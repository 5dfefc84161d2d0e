# The notebook has no cells.
# deserves: nothing
import json


def damage(text):
    return json.dumps({**json.loads(text), "cells": []}).encode()
