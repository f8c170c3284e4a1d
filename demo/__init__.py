"""What a fresh copy of the site shows: prints, members and papers, all made by code."""
