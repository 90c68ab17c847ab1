import './host/output';
import { FixExecutor } from './executor/fix-executor';
import { requireBotkube, servePlugin } from './host/serve';

requireBotkube();
void servePlugin(new FixExecutor());
