# What the compiled scanner takes from C; the uncompiled one never calls these.
cdef extern from "crc32c.h" nogil:
    unsigned int eg_crc32c(const unsigned char *p, Py_ssize_t n, unsigned int crc)
    int eg_has_crc32c()
