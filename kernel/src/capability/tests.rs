//! How capabilities behave; `tests/kernel_py/model/test_capabilities.py` compares them with the model.

use super::family::MAX_MEMBERS;
use super::*;
use alloc::vec::Vec;

type Object = Arc<&'static str>;

fn root(rights: Rights) -> Capability<Object> {
    Capability::new(Arc::new("object"), rights)
}

const ALL: Rights = Rights::READ
    .union(Rights::WRITE)
    .union(Rights::SEEK)
    .union(Rights::INSPECT)
    .union(Rights::MAP)
    .union(Rights::BASIC);

fn child(parent: &mut Capability<Object>) -> Capability<Object> {
    parent.derive(ALL, 0).expect("room")
}

#[test]
fn rights_only_shrink() {
    let mut a = root(Rights::READ);
    assert_eq!(a.rights(), Rights::READ.union(Rights::BASIC));
    let mut b = a
        .derive(Rights::READ.union(Rights::WRITE), 0)
        .expect("room");
    assert_eq!(b.rights(), Rights::READ);
    assert_eq!(
        b.derive(Rights::WRITE, 0).expect("room").rights(),
        Rights::NONE
    );
}

#[test]
fn a_badge_is_written_once() {
    let mut a = root(Rights::READ);
    let mut b = a.derive(ALL, 7).expect("room");
    assert_eq!((a.badge(), b.badge()), (0, 7));
    assert_eq!(b.derive(ALL, 0).expect("room").badge(), 7);
    assert_eq!(b.derive(ALL, 7).expect("room").badge(), 7);
    assert_eq!(b.derive(ALL, 8).err(), Some(Refusal::Badged));
}

#[test]
fn revoking_takes_descendants_and_nothing_else() {
    let mut a = root(Rights::READ);
    let mut b = child(&mut a);
    let c = child(&mut b);
    let d = child(&mut a);
    let mut stranger = root(Rights::READ);
    let its_child = child(&mut stranger);
    assert_eq!((a.nr_descendants(), b.nr_descendants()), (3, 1));
    assert_eq!(b.revoke().count(), 1);
    let are_revoked = |all: &[&Capability<Object>]| -> Vec<bool> {
        all.iter().map(|one| one.is_revoked()).collect()
    };
    assert_eq!(are_revoked(&[&a, &b, &c, &d]), [false, false, true, false]);
    drop(a.revoke());
    assert_eq!(are_revoked(&[&a, &b, &c, &d]), [false, true, true, true]);
    assert_eq!(are_revoked(&[&stranger, &its_child]), [false, false]);
    assert!(c.object().is_none());
    assert_eq!(b.derive(ALL, 0).err(), Some(Refusal::Revoked));
    assert_eq!(b.revoke().count(), 0);
}

#[test]
fn who_loses_its_parent_belongs_to_its_grandparent() {
    let mut a = root(Rights::READ);
    let first = child(&mut a);
    let mut b = child(&mut a);
    let c = child(&mut b);
    let mut last = child(&mut a);
    drop(b);
    assert_eq!(first.nr_descendants() + last.nr_descendants(), 0);
    assert_eq!(a.nr_descendants(), 3);
    drop(first.revoke());
    drop(child(&mut last));
    drop(last.revoke());
    assert!(!c.is_revoked());
    drop(a);
    assert!(!c.is_revoked());
    assert!(c.object().is_some());
}

#[test]
fn the_object_goes_with_the_last_one_or_when_it_is_revoked() {
    let object = Arc::new("object");
    let mut a = Capability::new(Arc::clone(&object), Rights::READ);
    let b = child(&mut a);
    let c = child(&mut a);
    assert_eq!(Arc::strong_count(&object), 4);
    drop(b);
    assert_eq!(Arc::strong_count(&object), 3);
    drop(a.revoke());
    assert_eq!(Arc::strong_count(&object), 2);
    drop(c);
    drop(a);
    assert_eq!(Arc::strong_count(&object), 1);
}

#[test]
fn many_are_revoked_without_deep_recursion() {
    let mut a = root(Rights::READ);
    let mut all = alloc::vec![child(&mut a)];
    while all.len() < MAX_MEMBERS - 1 {
        let next = child(all.last_mut().expect("one"));
        all.push(next);
    }
    assert_eq!(a.derive(ALL, 0).err(), Some(Refusal::Full));
    drop(a.revoke());
    assert!(all.iter().all(Capability::is_revoked));
    assert_eq!(child(&mut a).nr_descendants(), 0);
}

#[test]
fn giving_away_with_fewer_rights_leaves_the_descendants_behind() {
    let mut a = root(Rights::READ);
    let mut b = child(&mut a);
    let c = child(&mut b);
    let id = b.id();
    let b = b.diminish(ALL).expect("room");
    assert_eq!((b.id(), b.nr_descendants()), (id, 1));
    let b = b.diminish(Rights::READ).expect("room");
    assert_ne!(b.id(), id);
    assert_eq!((b.rights(), b.nr_descendants()), (Rights::READ, 0));
    drop(b.revoke());
    assert!(!c.is_revoked());
    assert_eq!(a.revoke().count(), 2);
    assert!(c.is_revoked());
}
