"""The room for files people send: nothing here trusts a name, a type or a byte.

Read it in the order an upload travels: `validators` is the door, `sniffing` tells
what the bytes are, `images`, `pdf` and `docx` open them, `naming` makes the name safe.
"""
