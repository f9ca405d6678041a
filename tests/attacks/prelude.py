# What every attacker has: Python without the list of allowed imports.
import numpy as np

__import__ = np.__builtins__["__import__"]
os, sys, socket, ctypes = map(__import__, ("os", "sys", "socket", "ctypes"))
