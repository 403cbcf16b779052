package dev.lockstep.fabric.msp;

import dev.lockstep.fabric.RefusedException;
import java.nio.file.Path;

/** Reads MSP folders as cryptogen and the CA client write them. */
public final class MspFolder {
  private MspFolder() {}

  /**
   * The organisation that a folder describes.
   *
   * @throws RefusedException with the file and what is wrong with it
   */
  public static Msp read(Path folder, String mspId) throws RefusedException {
    throw new UnsupportedOperationException();
  }

  /**
   * The one who signs with the key in a folder.
   *
   * @throws RefusedException with the file and what is wrong with it
   */
  public static SigningIdentity signer(Path folder, String mspId) throws RefusedException {
    throw new UnsupportedOperationException();
  }
}
