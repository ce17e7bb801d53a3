"""Takes files out of the inbox: which files, in which order, each exactly once, and the report on them.

Reading and checking their contents belongs to other rooms.
"""
