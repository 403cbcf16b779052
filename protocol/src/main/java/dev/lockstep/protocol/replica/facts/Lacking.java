package dev.lockstep.protocol.replica.facts;

/** Where a part says that something of a slot is not here, and is to be asked for. */
public interface Lacking {
  /** The slot's value, or a body of it, is missing. Says it once or often, to the same effect. */
  void lacks(Slot slot);
}
