package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;

/** Signatures that only these tests can make: a hash of a name and the statement. */
public final class TestCrypto implements Verifier {
  /** Signatures of replicas that were checked within events. */
  public int replicasChecked;

  public Signer signer(int replica) {
    return statement -> sign("replica " + replica, statement);
  }

  public Signer signer(ClientId client) {
    return statement -> sign("client " + client, statement);
  }

  private static Bytes sign(String name, byte[] statement) {
    Encoder out = new Encoder().label("TEST").label(name).raw(statement);
    return new Bytes(new Encoder().digest(out.hash()).toByteArray());
  }

  @Override
  public boolean replica(int replica, byte[] statement, Bytes signature) {
    replicasChecked++;
    return sign("replica " + replica, statement).equals(signature);
  }

  @Override
  public boolean client(ClientId client, byte[] statement, Bytes signature) {
    return sign("client " + client, statement).equals(signature);
  }
}
