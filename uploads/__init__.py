"""The room for files people send: nothing here trusts a name, a type or a byte.

Read it in the order an upload travels: `limits` asks who may send, `validators` is the door,
`sniffing` tells what the bytes are, `fence` has them opened in another process, where `images`,
`pdf` and `docx` judge them; `antivirus` looks as well, `naming` makes the name safe, `storages` and
`models` keep row and file in step, `sweeping` finds what a killed process left. The policy as a
page: docs/uploads.md.
"""
