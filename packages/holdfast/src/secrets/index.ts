export { secretsPath } from './encrypted-file.ts';
export { createIdentity, type IdentityEnvironment, identityPaths } from './identity.ts';
export { checkSecrets, type RequiredSecret, requiredSecret, requiredSecrets } from './required.ts';
export { type InitResult, initSecrets, openSecrets, type Secrets, setSecret } from './secrets.ts';
