package dev.lockstep.api;

/** Takes what a {@link Replier} pushed. */
@FunctionalInterface
public interface PushListener {
  /**
   * At least one correct replica pushed this message. Called on the client's network thread: must
   * not block.
   *
   * @param instance position in the total order of the command that caused the push
   * @param position of that command in its batch
   * @param index number of the push among those of that command to this client, from 0
   */
  void onPush(long instance, int position, int index, byte[] message);
}
