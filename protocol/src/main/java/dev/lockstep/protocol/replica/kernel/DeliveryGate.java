package dev.lockstep.protocol.replica.kernel;

/** Says whether the next decision may be delivered now. */
public interface DeliveryGate {
  boolean mayDeliver(long instance);
}
