package dev.lockstep.fabric.broadcast;

import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.SeekInfo;
import org.hyperledger.fabric.protos.orderer.SeekPosition;

/**
 * Which blocks a request is answered with: from the first one on until the one that is the last has
 * been delivered. Numbers are unsigned.
 *
 * @param status SUCCESS if there is something to deliver or to wait for; else what to answer at
 *     once
 * @param start the first block
 * @param stop the last block; if it is below the start there is no last one
 * @param isWaiting whether to wait for blocks that do not exist yet; else NOT_FOUND ends the answer
 *     where the chain ends
 * @param isHeadersOnly whether blocks that hold no configuration go without their data
 */
public record SeekPlan(
    Status status, long start, long stop, boolean isWaiting, boolean isHeadersOnly) {

  /**
   * Makes a plan.
   *
   * @param seek has start and stop
   * @param height number of blocks in the chain, at least one
   */
  public static SeekPlan of(SeekInfo seek, long height) {
    boolean waiting = seek.getBehavior() == SeekInfo.SeekBehavior.BLOCK_UNTIL_READY;
    boolean headersOnly = seek.getContentType() == SeekInfo.SeekContentType.HEADER_WITH_SIG;
    SeekPosition from = seek.getStart();
    long start =
        switch (from.getTypeCase()) {
          case OLDEST -> 0;
          case NEWEST -> height - 1;
          case NEXT_COMMIT -> height;
          case SPECIFIED -> from.getSpecified().getNumber();
          // Behind every block, which is answered as the real service answers it.
          case TYPE_NOT_SET -> -1;
        };
    if (Long.compareUnsigned(start, height) > 0) {
      return refused(Status.NOT_FOUND);
    }
    SeekPosition to = seek.getStop();
    long stop =
        switch (to.getTypeCase()) {
          case OLDEST -> start;
          case NEWEST -> from.equals(to) ? start : height - 1;
          case SPECIFIED -> to.getSpecified().getNumber();
          // The real service knows no other end than these three and takes all others for zero.
          case NEXT_COMMIT, TYPE_NOT_SET -> 0;
        };
    if (to.getTypeCase() == SeekPosition.TypeCase.SPECIFIED
        && Long.compareUnsigned(stop, start) < 0) {
      return refused(Status.BAD_REQUEST);
    }
    if (!waiting && start == height) {
      return refused(Status.NOT_FOUND);
    }
    return new SeekPlan(Status.SUCCESS, start, stop, waiting, headersOnly);
  }

  private static SeekPlan refused(Status status) {
    return new SeekPlan(status, 0, 0, false, false);
  }
}
