"""A made-up omnichannel retailer, half Chinese and half British: its systems' files, and the truth apart.

``people`` live, ``behaviour`` is what they do in a day, ``files`` are what the systems drop, ``truth`` is
what was planted, ``effects`` reruns the world without a channel, ``oracles`` score. Nothing of ``science``
or ``identity`` belongs here: they are judged on this world.
"""
