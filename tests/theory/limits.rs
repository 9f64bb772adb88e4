//! Where theory does not apply it says so, with place, reason and hint.
