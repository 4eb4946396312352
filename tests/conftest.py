"""What pytest does not look into for doctests."""

collect_ignore = ["typing_user_script.py"]  # test_typing runs it, in a process
