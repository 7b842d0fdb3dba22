//! What a service embeds: load a bundle once, decide many times.
