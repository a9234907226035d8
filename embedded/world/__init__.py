"""The demo world: suppliers with life stories, and what they did, all from one seed."""

from embedded.world.making import World, make_world

__all__ = ["World", "make_world"]
