"""The app: the command line's questions and answers as pages, for people without code."""
