package dev.lockstep.protocol.replica.kernel;

/** A part that says again what a peer seems to lack. */
public interface Resends {
  /**
   * What is known of the peer.
   *
   * @param regency that it has installed
   * @param synced whether it has accepted the SYNC of that regency
   * @param lastDelivered the last instance that it has delivered
   * @param openBefore instances that this replica has had open for longer are repeated: since this
   *     time in microseconds
   */
  record Lack(int peer, long regency, boolean synced, long lastDelivered, long openBefore) {}

  void resend(Lack lack);
}
