# What the hot modules use of Cython's pure-Python mode, for the type checker.
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

T = TypeVar("T")
_F = TypeVar("_F", bound=Callable[..., Any])
_C = TypeVar("_C", bound=type)

compiled: bool

class _Nogil(AbstractContextManager[None]):
    def __call__(self, function: _F, /) -> _F: ...

nogil: _Nogil

def cfunc(function: _F, /) -> _F: ...
def ccall(function: _F, /) -> _F: ...
def inline(function: _F, /) -> _F: ...
def cclass(cls: _C, /) -> _C: ...
def final(cls: T, /) -> T: ...
def boundscheck(flag: bool, /) -> Callable[[T], T]: ...
def wraparound(flag: bool, /) -> Callable[[T], T]: ...
def cdivision(flag: bool, /) -> Callable[[T], T]: ...
def initializedcheck(flag: bool, /) -> Callable[[T], T]: ...
def returns(kind: object, /) -> Callable[[T], T]: ...
def exceptval(value: object = ..., *, check: bool = ...) -> Callable[[T], T]: ...
def locals(**kinds: object) -> Callable[[T], T]: ...
def declare(kind: object = ..., value: Any = ..., **kinds: object) -> Any: ...
def cast(kind: object, value: T, /, *, typecheck: bool = ...) -> T: ...

uchar: Any
ushort: Any
uint: Any
ulong: Any
ulonglong: Any
schar: Any
short: Any
int: Any
long: Any
longlong: Any
Py_ssize_t: Any
size_t: Any
float: Any
double: Any
bint: Any
void: Any
p_uchar: Any
p_double: Any
p_float: Any
fused_type: Any
