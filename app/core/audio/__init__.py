"""Clips of sound: decoding, envelopes, spectrograms, and mixing for playback.

Words: a *frame* is one number per channel at one moment; a *sound* is a decoded clip; *full scale*
is the loudest a number of a fixed-point format can say, 1.0 here.
"""
