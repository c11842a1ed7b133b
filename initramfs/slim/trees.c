/* Syntax trees as Python objects, which the image has no use for: there is no module ast in it.
 *
 * Python-ast.c makes a class for each kind of node, and converts trees in both directions. It is
 * compiled with other names for its functions (cpython.py), so that the linker leaves them out.
 * The compiler itself stays: the rescue prompt is one of Python.
 */

#include "Python.h"
#include "pycore_ast.h"

static void
refuse(void)
{
    PyErr_SetString(PyExc_NotImplementedError, "this Python has no syntax trees as objects");
}

PyObject *
PyAST_mod2obj(mod_ty tree)
{
    (void)tree;
    refuse();
    return NULL;
}

mod_ty
PyAST_obj2mod(PyObject *tree, PyArena *arena, int mode)
{
    (void)tree;
    (void)arena;
    (void)mode;
    refuse();
    return NULL;
}

/* No object is a tree: compile() then takes it for text, and says what it wants. */
int
PyAST_Check(PyObject *object)
{
    (void)object;
    return 0;
}
