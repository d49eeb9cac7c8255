# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Damages models and checks that nnc reads or refuses each, and never crashes or hangs.

    mutate.py NNC_TRANSLATE COUNT FOLDER MODEL...

Keeps what breaks nnc in FOLDER. The sequence of mutations is always the same.
"""
import pathlib
import random
import subprocess
import sys

import onnx

NUMBERS = [0, 1, 2, 3, 5, -1, -2, 127, 255, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1, -2**63]


def damage_bytes(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        # Nodes lie at the start, names and shapes at the end: weights are the dull part.
        span = min(len(data), 2000)
        at = rng.randrange(span) if rng.random() < 0.5 else len(data) - 1 - rng.randrange(span)
        kind = rng.randrange(4)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del data[at:at + rng.choice([1, 2, 8, 64])]
        else:
            data[at:at] = data[at:at + rng.choice([1, 4, 32, 256])]
        if not data:
            return b""
    return bytes(data)


def collect_fields(message, found):
    """All fields of `message` and of what is in it, as (message, field)."""
    for field, value in message.ListFields():
        found.append((message, field))
        if field.message_type:
            for inner in value if field.is_repeated else [value]:
                collect_fields(inner, found)
    return found


def change_scalar(field, value, rng, strings):
    if field.cpp_type in (field.CPPTYPE_STRING,):
        choice = rng.choice([*strings, ""])
        return choice.encode() if isinstance(value, bytes) else choice
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return rng.choice([0.0, -1.0, 1e30, float("inf"), float("nan"), 0.3])
    if field.cpp_type == field.CPPTYPE_ENUM:
        return rng.choice(field.enum_type.values).number
    low, high = (-2**31, 2**31 - 1) if field.cpp_type == field.CPPTYPE_INT32 else (-2**63, 2**63 - 1)
    return min(max(rng.choice([*NUMBERS, value + 1, value - 1]), low), high)


def change_field(message, field, rng, strings):
    if not field.is_repeated:
        if field.message_type or rng.random() < 0.2:
            message.ClearField(field.name)
        else:
            setattr(message, field.name, change_scalar(field, getattr(message, field.name), rng, strings))
        return
    values = getattr(message, field.name)
    at = rng.randrange(len(values))
    kind = rng.randrange(3)
    if kind == 0:
        del values[at]
    elif field.message_type:
        values.append(values[at]) if kind == 1 else values[at].CopyFrom(rng.choice(values))
    elif kind == 1:
        values.append(change_scalar(field, values[at], rng, strings))
    else:
        values[at] = change_scalar(field, values[at], rng, strings)


def damage_structure(data, rng):
    """Changes fields: the file stays a protobuf of the right schema."""
    model = onnx.ModelProto.FromString(data)
    names = [name for node in model.graph.node for name in [*node.input, *node.output, node.op_type]]
    for _ in range(rng.choice([1, 1, 2, 3])):
        fields = collect_fields(model, [])
        if fields:
            change_field(*rng.choice(fields), rng, names or ["x"])
    return model.SerializeToString()


def mutate(data, rng):
    return (damage_bytes if rng.random() < 0.3 else damage_structure)(data, rng)


def main():
    program, count, folder = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    models = [pathlib.Path(name).read_bytes() for name in sorted(sys.argv[4:])]
    rng, failures, imported = random.Random(1), 0, 0
    for number in range(count):
        path = folder / "mutated.onnx"
        path.write_bytes(mutate(rng.choice(models), rng))
        try:
            result = subprocess.run([program, "--import-onnx", path, "-o", "/dev/null"],
                                    capture_output=True, timeout=60)
            outcome = result.returncode
        except subprocess.TimeoutExpired:
            outcome, result = "timeout", None
        imported += outcome == 0
        if outcome == 0 or (outcome == 1 and b"error: " in result.stderr):
            continue
        failures += 1
        path.rename(folder / f"broken_{number}.onnx")
        print(f"mutation {number}: {outcome}: {result.stderr[-300:] if result else ''}")
    print(f"{imported} imported, {count - imported - failures} refused, {failures} broke nnc")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
