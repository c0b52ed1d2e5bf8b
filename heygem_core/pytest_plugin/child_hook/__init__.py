"""What is put on PYTHONPATH of the processes that a test starts; they may have another Python, and lack heygem_core."""
