package dev.lockstep.sql.server.engine;

class H2EngineTest extends EngineContract {
  @Override
  Engine open() {
    return H2Engine.inMemory("engine-test");
  }
}
