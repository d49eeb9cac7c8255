"""Results of the lessons: lists of objects as JSON, one in a line."""

import json


def write_rows(path, rows):
    text = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    path.write_text(f"[\n{text}\n]\n")
