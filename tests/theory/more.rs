//! Laws of theory that no entry of the oracles holds: relations between its parts, and networks of other forms.
