"""From one text to what students get: source -> leaks -> release; bank holds right and wrong answers."""
