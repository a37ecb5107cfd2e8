"""Graphs of operations: read, folded into groups, laid out, searched, measured, compared.

A *node* is an operation; nodes are numbered as they stand in the file. A *group* is what shares a
name scope, a *series* are numbered siblings folded into one, a *function* the body of a library
function. All of these are *items* of a hierarchy: below the number of nodes an item is a node, from
there on a group. A *scene* holds what is visible of a hierarchy: *boxes*, *edges* between boxes of
one level, *ports* where edges pass the border of an open group, and *annotations* beside boxes.
"""
