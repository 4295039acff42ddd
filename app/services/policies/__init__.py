"""What people do with packs: draft, check, publish and retire them."""
