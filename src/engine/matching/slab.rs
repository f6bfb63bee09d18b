//! Dense storage with small stable indices, so that an index entry names its listing or bid in four bytes.

/// Where an item lies in its slab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(u32);

impl Slot {
    pub(super) fn index(self) -> usize {
        index(self.0)
    }
}

/// Items under slots; a freed slot is used again.
#[derive(Debug, Clone)]
pub(super) struct Slab<T> {
    items: Vec<Option<T>>,
    vacant: Vec<Slot>,
}

impl<T> Slab<T> {
    /// Stores an item. None when four billion are stored.
    pub(super) fn insert(&mut self, item: T) -> Option<Slot> {
        if let Some(slot) = self.vacant.pop() {
            self.items[index(slot.0)] = Some(item);
            return Some(slot);
        }
        let slot = Slot(u32::try_from(self.items.len()).ok()?);
        self.items.push(Some(item));
        Some(slot)
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&T> {
        self.items.get(index(slot.0))?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.items.get_mut(index(slot.0))?.as_mut()
    }

    pub(super) fn take(&mut self, slot: Slot) -> Option<T> {
        let item = self.items.get_mut(index(slot.0))?.take()?;
        self.vacant.push(slot);
        Some(item)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.iter_mut().flatten()
    }
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab {
            items: Vec::new(),
            vacant: Vec::new(),
        }
    }
}

/// A 32-bit count as an index; every platform that can hold the book has at least as wide a pointer.
pub(super) fn index(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
