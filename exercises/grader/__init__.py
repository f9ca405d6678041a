"""The auto-grader: scores submitted notebooks whose code nobody has read.

The trusted side (`grade`, `submissions`, `report`) holds questions, seeds and references. A
student's answer runs in `worker`, a process of its own inside `sandbox`, and only plain data
crosses between the two.
"""
