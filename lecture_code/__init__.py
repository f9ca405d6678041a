"""The code of the course book on adaptive learning rates: one module a chapter, a few shared."""

__version__ = "0.1.0"
