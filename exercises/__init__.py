"""The exercises' private side: questions with their references, and the grader.

Nothing in here is published or shipped to students. `python -m exercises --help` lists the
commands.
"""
