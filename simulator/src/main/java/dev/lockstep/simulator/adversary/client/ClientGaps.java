package dev.lockstep.simulator.adversary.client;

/** Leaves gaps, goes back, uses negative and huge sequences. */
public final class ClientGaps implements ClientAdversary {
  @Override
  public void misbehave(ClientContext context, int someone) {
    int window = context.view().limits().sessionWindow();
    long next = context.next();
    long[] sequences = {
      next, next + 1, next + window, next + window + 1, next - 1, 0, -1, Long.MAX_VALUE
    };
    context.toAll(
        context.request(sequences[context.random().nextInt(sequences.length)], context.write()));
    if (context.random().nextInt(4) == 0) {
      context.toAll(context.request(next, context.write()));
    }
  }
}
