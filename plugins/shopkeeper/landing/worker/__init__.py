"""Each file in a process of its own, under limits of memory and time: what runs in it, and who waits for it.

What the machine does to such a process is told apart from what the file does.
"""
