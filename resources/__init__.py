"""Files the program brings: fonts, styles, shaders, sample logs, licences."""
