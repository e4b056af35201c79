"""caremarket's model: one replication of one council's home-care market.

Read it in this order: ``scenario`` (what a run is given), ``market`` (the nouns), ``processes``
(the verbs, a file each), ``ledger`` (the facts a run leaves), ``outcomes`` (what they mean).
The front door is :func:`sim.simulation.simulate`.
"""

from sim.build import refuse_other_source

__version__ = "0.6.0.dev0"

refuse_other_source()
