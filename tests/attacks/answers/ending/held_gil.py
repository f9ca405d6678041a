"""Wish: a sleep in C that keeps the interpreter's lock; no thread could stop me, no CPU time runs.

Then: timeout, 0 points.
Says: took too long
Seconds: 20
"""
ctypes.PyDLL(None).sleep(1000)
