//! `search.h`: `tsearch` and its family: AA trees, which stay balanced with two rules.
//!
//! Source: Andersson, "Balanced Search Trees Made Simple".

use core::ffi::{c_int, c_void};
use core::ptr;

use crate::header::stdlib::memory::{free, malloc};
use crate::header::stdlib::sort::Compare;

/// A node. C sees the key only.
#[repr(C)]
pub struct Node {
    key: *const c_void,
    children: [*mut Node; 2],
    level: usize,
}

const LEFT: usize = 0;
const RIGHT: usize = 1;

/// `void (*action)(const void *node, VISIT order, int level)`
pub type Visit = unsafe extern "C" fn(*const Node, c_int, c_int);
/// `void (*free_key)(void *key)`
pub type FreeKey = unsafe extern "C" fn(*mut c_void);

/// `VISIT`: before the children, between, after, and of one without.
const PREORDER: c_int = 0;
const POSTORDER: c_int = 1;
const ENDORDER: c_int = 2;
const LEAF: c_int = 3;

/// The node at an address; none for null.
///
/// # Safety
///
/// It is null or a node that nobody else uses.
const unsafe fn node<'a>(address: *mut Node) -> Option<&'a mut Node> {
    // SAFETY: the caller's promise.
    unsafe { address.as_mut() }
}

fn level(address: *mut Node) -> usize {
    // SAFETY: nodes of a tree are the tree's alone.
    unsafe { node(address) }.map_or(0, |node| node.level)
}

/// A left child of the same level becomes the parent.
fn skew(root: *mut Node) -> *mut Node {
    // SAFETY: as in `level`.
    let Some(parent) = (unsafe { node(root) }) else {
        return root;
    };
    let left = parent.children[LEFT];
    // SAFETY: as above.
    match unsafe { node(left) } {
        Some(child) if child.level == parent.level => {
            parent.children[LEFT] = child.children[RIGHT];
            child.children[RIGHT] = root;
            left
        }
        _ => root,
    }
}

/// Of two right children of the same level the first becomes the parent, a level higher.
fn split(root: *mut Node) -> *mut Node {
    // SAFETY: as in `level`.
    let Some(parent) = (unsafe { node(root) }) else {
        return root;
    };
    let right = parent.children[RIGHT];
    // SAFETY: as above.
    match unsafe { node(right) } {
        Some(child) if level(child.children[RIGHT]) == parent.level => {
            parent.children[RIGHT] = child.children[LEFT];
            child.children[LEFT] = root;
            child.level += 1;
            right
        }
        _ => root,
    }
}

/// Adds a key below a root; returns the root, and the node of the key: null without memory.
fn insert(root: *mut Node, key: *const c_void, compare: Compare) -> (*mut Node, *mut Node) {
    // SAFETY: as in `level`.
    let Some(here) = (unsafe { node(root) }) else {
        let place = malloc(size_of::<Node>()).cast::<Node>();
        if !place.is_null() {
            let fresh = Node {
                key,
                children: [ptr::null_mut(); 2],
                level: 1,
            };
            // SAFETY: so much was allocated.
            unsafe { place.write(fresh) };
        }
        return (place, place);
    };
    // SAFETY: the caller of `tsearch` lets it be called with the keys.
    let side = match unsafe { compare(key, here.key) } {
        0 => return (root, root),
        ..0 => LEFT,
        _ => RIGHT,
    };
    let (child, found) = insert(here.children[side], key, compare);
    if !found.is_null() {
        here.children[side] = child;
    }
    (split(skew(root)), found)
}

/// Brings the levels below a root in order after something was taken out.
fn rebalance(root: *mut Node) -> *mut Node {
    // SAFETY: as in `level`.
    let Some(here) = (unsafe { node(root) }) else {
        return root;
    };
    let wanted = level(here.children[LEFT]).min(level(here.children[RIGHT])) + 1;
    if wanted < here.level {
        here.level = wanted;
        // SAFETY: as above.
        if let Some(right) = unsafe { node(here.children[RIGHT]) }
            && right.level > wanted
        {
            right.level = wanted;
        }
    }
    let root = skew(root);
    // SAFETY: as above.
    let Some(here) = (unsafe { node(root) }) else {
        return root;
    };
    here.children[RIGHT] = skew(here.children[RIGHT]);
    // SAFETY: as above.
    if let Some(right) = unsafe { node(here.children[RIGHT]) } {
        right.children[RIGHT] = skew(right.children[RIGHT]);
    }
    let root = split(root);
    // SAFETY: as above.
    if let Some(here) = unsafe { node(root) } {
        here.children[RIGHT] = split(here.children[RIGHT]);
    }
    root
}

/// Takes the leftmost key of a tree out; returns the root, and the key.
fn take_first(root: *mut Node) -> (*mut Node, *const c_void) {
    // SAFETY: as in `level`.
    let Some(here) = (unsafe { node(root) }) else {
        return (root, ptr::null());
    };
    if here.children[LEFT].is_null() {
        let (rest, key) = (here.children[RIGHT], here.key);
        // SAFETY: `insert` has allocated it, and it is in the tree no more.
        unsafe { free(root.cast()) };
        return (rest, key);
    }
    let (child, key) = take_first(here.children[LEFT]);
    here.children[LEFT] = child;
    (rebalance(root), key)
}

/// Takes a key out; returns the root, and whether it was there. `parent` becomes the node above it.
fn remove(
    root: *mut Node,
    above: *mut Node,
    key: *const c_void,
    compare: Compare,
    parent: &mut *mut Node,
) -> (*mut Node, bool) {
    // SAFETY: as in `level`.
    let Some(here) = (unsafe { node(root) }) else {
        return (root, false);
    };
    // SAFETY: the caller of `tdelete` lets it be called with the keys.
    let side = match unsafe { compare(key, here.key) } {
        0 => {
            *parent = above;
            if here.children[RIGHT].is_null() {
                let rest = here.children[LEFT];
                // SAFETY: `insert` has allocated it, and it is in the tree no more.
                unsafe { free(root.cast()) };
                return (rest, true);
            }
            let (rest, next) = take_first(here.children[RIGHT]);
            here.children[RIGHT] = rest;
            here.key = next;
            return (rebalance(root), true);
        }
        ..0 => LEFT,
        _ => RIGHT,
    };
    let (child, is_found) = remove(here.children[side], root, key, compare, parent);
    here.children[side] = child;
    (rebalance(root), is_found)
}

/// `void *tsearch(const void *key, void **root, int (*compare)(const void *, const void *))`: the node
/// of the key, which is added if it is not there; null without memory.
///
/// # Safety
///
/// `root` is null or that of a tree; `compare` may be called with all keys.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn tsearch(
    key: *const c_void,
    root: *mut *mut Node,
    compare: Compare,
) -> *mut Node {
    // SAFETY: null or the caller's.
    let Some(root) = (unsafe { root.as_mut() }) else {
        return ptr::null_mut();
    };
    let (grown, found) = insert(*root, key, compare);
    if !found.is_null() {
        *root = grown;
    }
    found
}

/// `void *tfind(const void *key, void *const *root, int (*compare)(const void *, const void *))`
///
/// # Safety
///
/// As for [`tsearch`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn tfind(
    key: *const c_void,
    root: *const *mut Node,
    compare: Compare,
) -> *mut Node {
    // SAFETY: null or the caller's.
    let mut next = unsafe { root.as_ref() }.map_or(ptr::null_mut(), |root| *root);
    // SAFETY: as in `level`.
    while let Some(here) = unsafe { node(next) } {
        // SAFETY: the caller's promise.
        let side = match unsafe { compare(key, here.key) } {
            0 => break,
            ..0 => LEFT,
            _ => RIGHT,
        };
        next = here.children[side];
    }
    next
}

/// `void *tdelete(const void *key, void **root, int (*compare)(const void *, const void *))`: the node
/// above; something that is not null for the root; null if it was not there.
///
/// # Safety
///
/// As for [`tsearch`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn tdelete(
    key: *const c_void,
    root: *mut *mut Node,
    compare: Compare,
) -> *mut Node {
    // SAFETY: null or the caller's.
    let Some(root) = (unsafe { root.as_mut() }) else {
        return ptr::null_mut();
    };
    let mut parent = ptr::null_mut();
    let of_root = ptr::from_mut(root).cast();
    let (rest, is_found) = remove(*root, of_root, key, compare, &mut parent);
    *root = rest;
    if is_found { parent } else { ptr::null_mut() }
}

unsafe fn walk(root: *mut Node, action: Visit, depth: c_int) {
    // SAFETY: as in `level`; shared, for the action may look at it.
    let Some(here) = (unsafe { root.as_ref() }) else {
        return;
    };
    if here.children.iter().all(|child| child.is_null()) {
        // SAFETY: the caller's promise.
        return unsafe { action(root, LEAF, depth) };
    }
    // SAFETY: the caller's promise.
    unsafe { action(root, PREORDER, depth) };
    // SAFETY: the caller's promise.
    unsafe { walk(here.children[LEFT], action, depth + 1) };
    // SAFETY: the caller's promise.
    unsafe { action(root, POSTORDER, depth) };
    // SAFETY: the caller's promise.
    unsafe { walk(here.children[RIGHT], action, depth + 1) };
    // SAFETY: the caller's promise.
    unsafe { action(root, ENDORDER, depth) };
}

/// `void twalk(const void *root, void (*action)(const void *, VISIT, int))`
///
/// # Safety
///
/// `root` is null or that of a tree; `action` may be called with its nodes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn twalk(root: *const Node, action: Visit) {
    // SAFETY: handed on to the caller.
    unsafe { walk(root.cast_mut(), action, 0) };
}

/// `void tdestroy(void *root, void (*free_key)(void *))`
///
/// # Safety
///
/// `root` is null or that of a tree, which is gone after this; `free_key` may be called with its keys.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn tdestroy(root: *mut Node, free_key: Option<FreeKey>) {
    // SAFETY: as in `level`.
    let Some(here) = (unsafe { node(root) }) else {
        return;
    };
    let (children, key) = (here.children, here.key);
    for child in children {
        // SAFETY: handed on to the caller.
        unsafe { tdestroy(child, free_key) };
    }
    if let Some(free_key) = free_key {
        // SAFETY: the caller's promise.
        unsafe { free_key(key.cast_mut()) };
    }
    // SAFETY: `insert` has allocated it.
    unsafe { free(root.cast()) };
}
