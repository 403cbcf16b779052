package dev.lockstep.fabric.broadcast;

import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.SeekInfo;

/**
 * Which blocks a request is answered with. Numbers are unsigned.
 *
 * @param status SUCCESS if there is something to deliver; else what to answer at once
 * @param start the first block
 * @param stop the last block; may be below start, then there is no last one
 * @param isWaiting whether to wait for blocks that do not exist yet; else NOT_FOUND ends the answer
 *     at the first one
 * @param isHeadersOnly whether blocks that hold no configuration go without their data
 */
public record SeekPlan(
    Status status, long start, long stop, boolean isWaiting, boolean isHeadersOnly) {

  /**
   * Makes a plan.
   *
   * @param height number of blocks in the chain, at least one
   */
  public static SeekPlan of(SeekInfo seek, long height) {
    throw new UnsupportedOperationException();
  }
}
